import type { Benign, Defect } from '../case.ts';
import { benignRecipes } from './benign-recipes.ts';
import { defectiveRecipes } from './defective-recipes.ts';

export const DEFECTS: readonly Defect[] = [...defectiveRecipes];
export const BENIGN: readonly Benign[] = [...benignRecipes];
